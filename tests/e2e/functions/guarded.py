"""A guard in front of a module that cannot be imported; the host of the test's server is an argument of its room."""

from __future__ import annotations

import os

from lambda_router import Router
from lambda_router.guard import Guard
from lambda_router.sources.cloudformation import CloudFormation

fallback = Router()
fallback.cloudformation = CloudFormation(fallback, hosts=[os.environ["UPLOADS"]])
app = Guard(os.environ["GUARDED"], fallback=fallback)
