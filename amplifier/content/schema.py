"""The JSON Schemas of a campaign file and a ledger, from which editors complete keys and show what they mean."""

from __future__ import annotations

import json
from typing import Any

from amplifier.content.campaign_model import CampaignPart
from amplifier.content.claims.ledger_model import LedgerPart

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def campaign_schema() -> dict[str, Any]:
    """Return the schema, with a description for each key and the patterns that `load_campaign` checks by."""
    schema = _without_null(CampaignPart.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **schema, "title": "Amplifier campaign"}


def schema_text() -> str:
    """Return the schema as it stands in `campaigns/campaign.schema.json` and as `amplifier schema` prints it."""
    return json.dumps(campaign_schema(), indent=2) + "\n"


def ledger_schema() -> dict[str, Any]:
    """Return the schema of a ledger of claims, with the patterns that `load_ledger` checks by; keys may be empty."""
    schema = _without_default(LedgerPart.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **schema, "title": "Amplifier ledger of claims"}


def ledger_schema_text() -> str:
    """Return the schema as it stands in `campaigns/claims.schema.json`."""
    return json.dumps(ledger_schema(), indent=2) + "\n"


def _without_default(schema: Any) -> Any:
    """Take out what is said about None as a default: editors would offer it as a value."""
    if isinstance(schema, list):
        return [_without_default(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _without_default(value) for key, value in schema.items() if (key, value) != ("default", None)}


def _without_null(schema: Any) -> Any:
    """Take out what the models say about None: in a file a key is written or not; an empty one is a mistake."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _without_null(value) for key, value in schema.items() if (key, value) != ("default", None)}
    given = [kind for kind in kept.pop("anyOf", []) if kind != {"type": "null"}]
    return {**given[0], **kept} if given else kept
