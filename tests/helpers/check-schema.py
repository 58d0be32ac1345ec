#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: check-schema.py SCHEMA_DIR CONFIG...  Validates each config.json against the runtime-spec's config-schema.json and prints
what does not conform; exit status 1 then, and 77 where the jsonschema module is missing."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

folder = pathlib.Path(sys.argv[1]).resolve()
schema = json.loads((folder / "config-schema.json").read_text())
store = {}
for path in folder.glob("*.json"):
    store[path.as_uri()] = json.loads(path.read_text())
resolver = jsonschema.RefResolver((folder / "config-schema.json").as_uri(), schema, store)
validator = jsonschema.Draft4Validator(schema, resolver=resolver)
failed = False
for name in sys.argv[2:]:
    for error in validator.iter_errors(json.loads(pathlib.Path(name).read_text())):
        print(f"{name}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        failed = True
sys.exit(failed)
