"""`python -m aegean`, which torchrun needs."""

import sys

from aegean.cli import main

sys.exit(main())
