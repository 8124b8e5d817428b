"""One HTML file that shows a search: its trials, its front and every network.

Python gathers the data (`trials`, `networks`, `records`, `insights`), `payload` packs it, and
`page` combines it with plotly.js and the page's own scripts (`static/`) in one file. All plots are
drawn in the browser, where the views are linked. `model_page` writes a smaller one about a model of
another tool.
"""

from tinypareto.report.model_page import write_model_report
from tinypareto.report.page import write_report

__all__ = ["write_model_report", "write_report"]
