"""Who a request comes from, for the audit log.

Until there are accounts only the box itself is served, and whoever sits at it is its admin.
"""

from typing import Annotated

from fastapi import Depends, Request

from edge.records.audit import ADMIN, Actor


async def actor(request: Request) -> Actor:
    """The admin, at the address that asks."""
    return Actor(ADMIN.who, f"page {request.client.host if request.client else ''}".strip())


ByDep = Annotated[Actor, Depends(actor)]
