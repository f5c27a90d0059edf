from pathlib import Path
import json, re, sys
from tests.support.docs import Reader, calls, wrong_call, blocks
P=Path("/tmp/docs4/alerts.md")
def test_it(tmp_path):
    print(Reader(tmp_path).follow(P))
