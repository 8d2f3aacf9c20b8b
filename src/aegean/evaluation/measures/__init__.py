"""From a subject to one figure: what the registry's metrics call. The maths is in the modules beside this folder."""
