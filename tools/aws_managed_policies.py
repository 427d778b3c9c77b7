"""Makes leakstop/aws/managed.json.gz: the documents of the policies that AWS itself manages, for exports that lack them.

    python tools/aws_managed_policies.py

They come from the list that moto keeps current (`moto/iam/aws_managed_policies.py`, Apache-2.0), itself read from AWS. Policies
of service roles are left out, since no user has them. The file is the same for the same list.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

TARGET = Path(__file__).parent.parent / "leakstop" / "aws" / "managed.json.gz"
SERVICE_ROLES = ("/service-role/", "/aws-service-role/")


def main() -> None:
    """Write the file."""
    rows = {name: row for name, row in json.loads(aws_managed_policies_data).items() if row["Path"] not in SERVICE_ROLES}
    policies = {
        name: {"version": row["DefaultVersionId"], "updated": row["UpdateDate"][:10], "document": row["Document"]}
        for name, row in sorted(rows.items())
    }
    text = json.dumps(policies, separators=(",", ":"), sort_keys=True)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
