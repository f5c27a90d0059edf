"""The studio: the page on which staff see, edit, approve and stop threads. It calls what the commands call.

Reading order: `doors` (who may come in), `guard` (what a request must be), `serve` (the pages and the server), `desk`
(what every page needs), then a module for each page.
"""
