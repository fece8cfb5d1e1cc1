"""Renders Home Assistant's templates with Jinja: JSON [{template, payload}] in, JSON [{text} or {error}] out.

Strict: Home Assistant logs a warning where a template uses what is missing, and an error where it looks into it.
"""

import json
import sys

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
environment.filters["to_json"] = json.dumps


def render(template: str, payload: str) -> dict:
    """Renders as Home Assistant's MQTT integration does, with the payload as value and value_json."""
    try:
        return {"text": environment.from_string(template).render(value=payload, value_json=json.loads(payload))}
    except (jinja2.TemplateError, TypeError, ValueError) as err:
        return {"error": f"{type(err).__name__}: {err}"}


json.dump([render(**one) for one in json.load(sys.stdin)], sys.stdout)
