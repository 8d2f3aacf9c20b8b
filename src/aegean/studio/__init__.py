"""The studio: a run in the browser, on this machine alone. Panels follow from what the run's model can do.

The page is ours (`page/`), so that nothing is asked of any other machine; gradio is the engine behind it: a queue in
which model calls wait their turn, progress, an end to the work of a page that was closed, and the same calls from
Python by `gradio_client`. Every call is a function of `aegean.use`, or of `training`: the studio computes nothing.
"""
