"""Indicators as the forms of the programme have them, and the list of them as a file."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query, Response

from api.rooms import Document, Rooms, RoomsDep
from edge.evidence.forms import FORMS
from edge.evidence.programme import missing

router = APIRouter(tags=["programme"])
Language = Annotated[Literal["ko", "en", "vi"], Query(alias="lang", description="of the texts")]
Form = Annotated[Literal["csv", "xlsx"], Query(alias="format")]


@router.get("/programme")
async def read_programme(rooms: RoomsDep, language: Language = "ko") -> Document:
    """Every indicator with its basis of calculation, own and imported, and all firms together."""
    rows = await rows_of(rooms, language)
    firms = await rooms.firms.listed()
    return {"rows": rows, "missing": missing(rows, language), "across": firms["across"]}


@router.get("/programme/file", response_class=Response)
async def read_form(rooms: RoomsDep, form: Form = "xlsx", language: Language = "ko") -> Response:
    """The indicators as CSV or workbook; no text in it is taken for a formula."""
    content = await rooms.firms.form(await rows_of(rooms, language), form, language)
    said = {"Content-Disposition": f'attachment; filename="programme.{form}"'}
    return Response(content, media_type=FORMS[form], headers=said)


async def rows_of(rooms: Rooms, language: str) -> list[Document]:
    """The rows of the list."""
    own = await rooms.desk.ask(lambda engine: engine.targets())
    lines = await rooms.desk.ask(lambda engine: engine.lines())
    site = cast("dict[str, str]", lines["site"])["name"]
    targets = cast("list[Document]", own["targets"])
    return await rooms.firms.programme(site, targets, language)
