"""Tables as text: a row is a line, with commas, semicolons or tabs between the cells."""

from tinypareto.data.csv_table import read_table
from tinypareto.data.recording_format import Format

FORMAT = Format(
    "a table as text, a column for each channel",
    lambda path, _, query: read_table(path, query.decimal, query.texts),
)
