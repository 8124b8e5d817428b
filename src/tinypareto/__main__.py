"""`python -m tinypareto`."""

import sys

from tinypareto.cli import main

sys.exit(main())
