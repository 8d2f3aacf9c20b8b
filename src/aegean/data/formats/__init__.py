"""One file for each kind of data that can be opened: its FORMAT says what it recognises and how it is opened."""
