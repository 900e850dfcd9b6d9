"""Every fault of a configuration is named by line and column, with what to do, in one run."""

from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, Field

from collectors.opcua import settings as opcua
from edge.config.loader import FILE, Kinds, Loaded, SourceKind, load
from edge.engine.machine.cycles import ideal_s
from edge.errors import ConfigInvalid, Fault
from edge.moment import parse
from edge.site import Kind


class Point(BaseModel, frozen=True, extra="forbid"):
    """What a source of these tests reads."""

    signal: int = 0
    kind: Kind = Kind.GAUGE
    node: str = Field(description="address")
    queue: int = 1000


class Config(BaseModel, frozen=True, extra="forbid"):
    """A source of these tests."""

    url: str
    publish_ms: int = 500
    password_file: Path | None = None
    points: tuple[Point, ...] = ()

    @property
    def quiet_s(self) -> float:
        """As long as it may be silent."""
        return self.publish_ms / 25


class SinkConfig(BaseModel, frozen=True, extra="forbid"):
    """A sink of these tests."""

    url: str


KINDS = Kinds({"opcua": SourceKind(Config, Point)}, {"influxdb": SinkConfig})
GOOD = """\
site: {id: hanbit, name: 한빛마스크, timezone: Asia/Seoul, production_day_starts: "08:00"}
sources:
  - {id: plc1, kind: opcua, url: "opc.tcp://192.0.2.10:4840", password_file: secrets/plc1}
lines:
  - id: mask-1
    name: KF94 1호기
    shifts: [{name: 주간, start: "08:00", end: "20:00", breaks: [["12:00", "13:00"]]}]
    machines:
      - id: body
        ideal_cycle_s: {KF94-L: 0.75}
        signals:
          good: {source: plc1, node: "s=Good", kind: counter, modulus: 65536, unit: "{piece}"}
          state: {source: plc1, node: "s=State", kind: state, map: {3: producing, 4: delayed}}
      - id: pack
        signals:
          running: {source: plc1, node: "s=Run", kind: gauge}
          state: {source: plc1, node: "s=St", kind: state, map: {true: producing, RUN: producing}}
prices:
  - {item: electricity, value: 120.0, unit: KRW/kW.h, valid_from: 2026-01-01}
"""


NUMBER = "input should be a valid integer, unable to parse string as an integer"


def loaded(folder: Path, text: str) -> Loaded:
    """What comes of this text as a site's file."""
    (folder / FILE).write_text(text, encoding="utf-8")
    return load(folder, KINDS)


def faults(folder: Path, text: str) -> tuple[Fault, ...]:
    """What is wrong with this text."""
    with pytest.raises(ConfigInvalid) as caught:
        loaded(folder, text)
    return caught.value.faults


def test_a_site_without_faults_is_resolved(tmp_path: Path) -> None:
    """Paths, defaults that depend on others, the exit and the files of a source are settled."""
    found = loaded(tmp_path, GOOD)
    body, pack = found.site.lines[0].machines
    assert list(found.site.signals()) == [
        "hanbit/mask-1/body/good",
        "hanbit/mask-1/body/state",
        "hanbit/mask-1/pack/running",
        "hanbit/mask-1/pack/state",
    ]
    assert body.signals["state"].map == {"3": "producing", "4": "delayed"}
    assert pack.signals["state"].map == {"1": "producing", "RUN": "producing"}
    assert pack.signals["state"].values_are_text
    assert not body.signals["state"].values_are_text
    assert (body.exit, pack.exit) == (False, True)
    assert found.site.lines[0].line_state == "pack"
    assert body.signals["good"].stale_after_s == 60.0
    source = found.sources[0].config
    assert isinstance(source, Config)
    assert source.password_file == tmp_path / "secrets/plc1"
    assert set(found.sources[0].points) == set(found.site.signals())
    assert found.site.prices[0].item == "electricity"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("ideal_cycle_s", "¦ideal_cycel_s", "did you mean 'ideal_cycle_s'?"),
        ("3: producing, 4: delayed", "3: producing, ¦3: delayed", "'3' is given twice"),
        ('unit: "{piece}"', 'unit: ¦"pcs"', "is 'pcs'; write {piece} (UCUM)"),
        ('source: plc1, node: "s=Run"', 'source: ¦plc9, node: "s=Run"', "which is no source"),
        ("{3: producing, 4: delayed}", "¦{3: producing, 4: broken}", "4 is 'broken'; write one of"),
        ('state: {source: plc1, node: "s=St"', '¦state: {source: plc1, node: "s=State"',
         "reads the same as lines[0].machines[0].signals.state; keep one"),
        ("Asia/Seoul", "¦Asia/Soul", "is 'Asia/Soul'; write an IANA zone such as Asia/Seoul"),
        ("kind: opcua", "kind: ¦opc", "is 'opc'; write one of opcua"),
        ('{id: plc1, kind: opcua, url: "opc.tcp://192.0.2.10:4840"', "¦{id: plc1, kind: opcua",
         "'url' is missing; add it"),
        ("value: 120.0", "value: ¦-1", "is -1; input should be greater than or equal to 0"),
        ("kind: gauge", "kind: ¦gage", "is 'gage'; input should be 'counter', 'state', 'gauge' or"),
    ],
)  # fmt: skip
def test_a_fault_has_place_and_remedy(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Line and column of the mark, what was seen, what to do."""
    assert old in GOOD
    before, _, _ = GOOD.replace(old, new, 1).partition("¦")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, GOOD.replace(old, new.replace("¦", ""), 1))
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].place == f"lineproof.yaml:{line}:{column}"
    assert fault in caught.value.faults[0].message


def test_all_faults_come_in_one_run(tmp_path: Path) -> None:
    """Nobody mends a file ten times to see the tenth fault."""
    text = GOOD.replace("ideal_cycle_s", "ideal_cycel_s").replace("name: 한빛마스크, ", "")
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, text)
    assert len(caught.value.faults) == 2


def test_overlapping_shifts_are_refused(tmp_path: Path) -> None:
    """Also when one of them ends on the next day."""
    night = '{name: 야간, start: "19:00", end: "07:00"}, {name: 주간'
    with pytest.raises(ConfigInvalid, match="overlaps the shift"):
        loaded(tmp_path, GOOD.replace("{name: 주간", night))


BOMB = "a0: &a0 x\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
).replace("a8: &a8", "a: ")  # 1 + 1 + 11 + … + 111,111,111 values in nine lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site: [", "not YAML"),
        ("- 1", "holds a list, not keys"),
        ("text", "holds one value, not keys"),
        ("# nothing yet", "is empty; see `lineproof init`"),
        (BOMB, r"holds 123,456,790 values, most of them repeated by its aliases \(\*\); write"),
        (dedent("site: {id: x}"), "'name' is missing"),
    ],
)
def test_what_is_no_site_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Broken YAML, another kind of document, and missing rooms."""
    with pytest.raises(ConfigInvalid, match=message):
        loaded(tmp_path, text)


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan", "1e400", "1e300", "-1e300"])
@pytest.mark.parametrize(
    "key",
    ["modulus", "scale", "max_rate", "debounce_s", "max_split_gap_s", "stale_after_s"],
)
def test_no_number_is_endless(tmp_path: Path, key: str, number: str) -> None:
    """What no machine has would overflow in the middle of a figure; it is named before."""
    text = GOOD.replace(" modulus: 65536,", "").replace("kind: counter", f"kind: counter, {key}: 7")
    if key != "max_rate" or number != "1e300":  # that allows everything, which does no harm
        with pytest.raises(ConfigInvalid, match=rf"signals.good.{key}: is "):
            loaded(tmp_path, text.replace(f"{key}: 7", f"{key}: {number}"))
    assert loaded(tmp_path, text).site.lines[0].machines


@pytest.mark.parametrize(
    ("kind", "scale", "wanted"),
    [("counter", 0, "one above 0"), ("counter", -0.5, "one above 0"), ("gauge", 0, "another")],
)
def test_a_scale_leaves_something(tmp_path: Path, kind: str, scale: float, wanted: str) -> None:
    """A count of nothing, or backwards, has no figures."""
    text = GOOD.replace("good: ", "other: ").replace("counter, modulus: 65536", kind)
    with pytest.raises(ConfigInvalid, match=rf"scale: is {scale:g}; write {wanted}"):
        loaded(tmp_path, text.replace(f"kind: {kind}", f"kind: {kind}, scale: {scale}"))


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("site:\n  id: a\n b: c\n", "3:2", "does not go on from the lines above it"),
        ("a: b: c", "1:5", "a colon stands where no key can"),
        ("a: [1, 2\nb: 3", "2:2", "put a comma or ] before this"),
        ("a: {b: 1 c: 2}", "1:11", "put a comma or } before this"),
        ("a:\n\tb: 1", "2:1", "a tab stands here; indent with spaces"),
    ],
)
def test_what_is_no_yaml_is_said_in_words(tmp_path: Path, text: str, place: str, says: str) -> None:
    """Where it stands, what is wrong, what to do, and the line itself; no word of the parser."""
    (found,) = faults(tmp_path, text)
    assert found.place == f"lineproof.yaml:{place}"
    assert says in found.message
    line = text.splitlines()[int(place[0]) - 1].strip()
    assert found.message.endswith(f"; the line is `{line}`")
    assert "<" not in found.message


def test_a_limit_that_nobody_keeps_is_refused(tmp_path: Path) -> None:
    """Nothing is deleted by age: null and 0 say so, and another number is a fault."""
    for kept in ("null", "0"):
        loaded(tmp_path, f"{GOOD}storage: {{keep_days: {kept}}}\n")
    (found,) = faults(tmp_path, f"{GOOD}storage: {{keep_days: 30}}\n")
    assert found.path == "storage.keep_days"
    says = "is 30; a limit is not supported yet, everything is kept; remove keep_days"
    assert found.message == says


def test_every_source_may_say_how_late_it_sends(tmp_path: Path) -> None:
    """Whatever its kind; without a word a signal's time goes forward, and a week back at most."""
    usual, *_ = loaded(tmp_path, GOOD).sources
    assert (usual.keys.late, usual.keys.window_days) == (False, 7.0)
    keys = "kind: opcua, late: true, window_days: 45,"
    late, *_ = loaded(tmp_path, GOOD.replace("kind: opcua,", keys, 1)).sources
    assert (late.keys.late, late.keys.window_days) == (True, 45.0)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("window_days: 0", "greater than 0"),
        ("late: perhaps", "boolean"),
        ("window_day: 3", "did you mean 'window_days'?"),
    ],
)
def test_what_is_wrong_about_lateness_is_named(tmp_path: Path, key: str, says: str) -> None:
    """At its place, as for any other key."""
    (found,) = faults(tmp_path, GOOD.replace("kind: opcua,", f"kind: opcua, {key},", 1))
    assert found.path.startswith("sources[0]")
    assert says in found.message


@pytest.mark.parametrize("key", ["points: []", "keys: elsewhere", "leaves_nothing: true"])
def test_a_key_of_a_source_that_we_fill_in_is_refused(tmp_path: Path, key: str) -> None:
    """Written down it would be overwritten in silence, or keep nothing across a restart."""
    real = Kinds({"opcua": SourceKind(opcua.Config, opcua.Point)}, {})
    mine = f"security: {{policy: None, exception: trial}}, {key}"
    text = GOOD.replace("password_file: secrets/plc1", mine, 1)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid, match=f"unknown key '{key.partition(':')[0]}'"):
        load(tmp_path, real)


def test_keys_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    """As an open OPC UA channel without its reason: no fault says only that something is wrong."""
    secure = Kinds({"opcua": SourceKind(opcua.Config, Point)}, {})
    text = GOOD.replace("password_file: secrets/plc1", "security: {policy: None}", 1)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, secure)
    (found,) = caught.value.faults
    assert found.path == "sources[0].security"
    says = "policy None sends everything readable; write the reason as exception"
    assert found.message == says


def test_an_absent_file_says_how_to_write_one(tmp_path: Path) -> None:
    """The message names the command."""
    with pytest.raises(ConfigInvalid, match="lineproof init"):
        load(tmp_path, KINDS)


def test_faults_of_every_room_come_in_one_run(tmp_path: Path) -> None:
    """Time zone, a source's key, a shift's time, a unit, a price: one reading shows them all."""
    text = (
        GOOD.replace("Asia/Seoul", "Asia/Soul")
        .replace("password_file: secrets/plc1", "pasword_file: secrets/plc1, publish_ms: often")
        .replace('start: "08:00"', 'start: "8 o\'clock"')
        .replace('unit: "{piece}"', "unit: pcs, modulos: 7")
        .replace("valid_from: 2026-01-01", "valid_from: 2026-01-01, valid_to: 2025-01-01")
    )
    lines, found = text.splitlines(), list[tuple[str, str]]()
    for fault in faults(tmp_path, text):
        _, line, column = fault.place.rsplit(":", 2)
        at = lines[int(line) - 1][int(column) - 1 :]
        found.append((at[:8], f"{fault.path}: {fault.message}"))
    one, body = 'write a local time from "00:00" to "23:59", quoted', "lines[0].machines[0]"
    assert [place for place, _ in found] == [
        *("Asia/Sou", "pasword_", "often}", "\"8 o'clo", "pcs, mod", "modulos:", "2025-01-")
    ]
    assert [said for _, said in found] == [
        "site.timezone: is 'Asia/Soul'; write an IANA zone such as Asia/Seoul",
        "sources[0]: unknown key 'pasword_file'; did you mean 'password_file'?",
        f"sources[0].publish_ms: is 'often'; {NUMBER}",
        f'lines[0].shifts[0].start: is "8 o\'clock"; {one}',
        f"{body}.signals.good.unit: is 'pcs'; write {{piece}} (UCUM)",
        f"{body}.signals.good: unknown key 'modulos'; did you mean 'modulus'?",
        "prices[0].valid_to: is 2025-01-01, not after valid_from; write a later day",
    ]


METERED = GOOD.replace(
    "      - id: pack\n",
    """          glue: {source: plc1, node: "s=Glue", kind: counter, unit: g, material: glue}
          lid: {source: plc1, node: "s=Lid", kind: counter, material: lid}
      - id: pack
""",
)


@pytest.mark.parametrize(
    ("item", "unit", "counted"),
    [
        ("electricity", "KRW/MW.h", "kW.h"),
        ("electricity", "KRW/kWh", "kW.h"),
        ("glue", "USD/kg", "g"),
    ],
)
def test_a_price_is_per_unit_of_its_meter(
    tmp_path: Path, item: str, unit: str, counted: str
) -> None:
    """It is multiplied by what was counted: won per kg times grams is a thousand times too much."""
    price = f"item: {item}, value: 120.0, unit: {unit}"
    text = METERED.replace("item: electricity, value: 120.0, unit: KRW/kW.h", price)
    (found,) = faults(tmp_path, text)
    means = f"{item} is counted in {counted}; write what one costs, as {unit[:3]}/{counted}"
    assert (found.path, found.message) == ("prices[0].unit", f"is '{unit}', and {means}")


@pytest.mark.parametrize(
    "price", ["item: glue, value: 1, unit: KRW/g", "item: lid, value: 1, unit: KRW/kg"]
)
def test_a_price_of_what_has_no_other_unit_fits(tmp_path: Path, price: str) -> None:
    """Also of what is counted without a unit, and of what nobody counts yet."""
    other = "item: film, value: 9, unit: KRW/m"
    for told in (price, other):
        text = METERED.replace("item: electricity, value: 120.0, unit: KRW/kW.h", told)
        assert loaded(tmp_path, text).site.prices[0].unit in told


@pytest.mark.parametrize("zone", ["z" * 400, "Asia", "../etc/passwd"])
def test_a_zone_that_no_file_can_have_is_a_fault(tmp_path: Path, zone: str) -> None:
    """Too long for a file, a folder, outside of the zones: each is told as any other wrong zone."""
    (found,) = faults(tmp_path, GOOD.replace("Asia/Seoul", zone))
    assert found.path == "site.timezone"
    assert "write an IANA zone" in found.message


def test_what_follows_from_a_fault_is_not_told_again(tmp_path: Path) -> None:
    """A kind that is none is one fault, not one more for the kind that stands in its place."""
    found = faults(tmp_path, GOOD.replace("kind: counter", "kind: countr"))
    assert len(found) == 1
    assert "is 'countr'; input should be 'counter', 'state', 'gauge' or 'text'" in found[0].message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days: x", "days: workdays", "is 'workdays'; write weekdays such as mon-fri or mon,wed"),
        ("id: body", "id: Body", "is 'Body'; write lower-case letters, digits and dashes"),
        ("unit: KRW/kW.h", "unit: won", "is 'won'; write currency per unit such as KRW/kW.h"),
        ("value: 120.0", "value: true-ish", "is 'true-ish'; input should be a valid number"),
        ("name: KF94 1호기", "name:", ""),
        ("{KF94-L: 0.75}", "{KF94-L: }", "is empty; input should be a valid number"),
    ],
)
def test_no_pattern_and_no_python_is_shown(tmp_path: Path, old: str, new: str, said: str) -> None:
    """What is wanted is said in words."""
    text = GOOD.replace('end: "20:00",', 'end: "20:00", days: x,') if old == "days: x" else GOOD
    text = text.replace(old, new)
    if not said:
        loaded(tmp_path, text)
        return
    found = "\n".join(map(str, faults(tmp_path, text)))
    assert said in found
    assert "^" not in found
    assert "None" not in found


def test_files_that_are_missing_or_open_are_remarked(tmp_path: Path) -> None:
    """Neither keeps the rest of the site from starting; both have their place and remedy."""
    secret = tmp_path / "secrets" / "plc1"
    (absent,) = loaded(tmp_path, GOOD).remarks
    assert str(absent) == (
        f"{FILE}:3:78 sources[0].password_file: is 'secrets/plc1', and there is no such file; "
        "put the secret into it, mode 0600"
    )
    secret.parent.mkdir()
    secret.touch(0o600)
    assert "which is empty" in loaded(tmp_path, GOOD).remarks[0].message
    secret.write_text("geheim")
    for mode, said in ((0o644, "mode 0644"), (0o640, "mode 0640"), (0o700, "mode 0700")):
        secret.chmod(mode)
        (remark,) = loaded(tmp_path, GOOD).remarks
        assert f"which others can use ({said}); run `chmod 600 {secret}`" in remark.message
    for mode in (0o600, 0o400):
        secret.chmod(mode)
        assert loaded(tmp_path, GOOD).remarks == ()


def test_remarks_come_with_the_faults(tmp_path: Path) -> None:
    """Whoever mends the file learns of both at once."""
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, GOOD.replace("Asia/Seoul", "Asia/Soul"))
    assert len(caught.value.faults) == len(caught.value.remarks) == 1


def test_a_dated_cycle_is_read_in_the_order_of_its_days(tmp_path: Path) -> None:
    """However the list was written down, the one that began last holds."""
    told = "[{value: 0.7, valid_from: 2026-03-03}, {value: 0.8, valid_from: 2026-03-02}]"
    text = GOOD.replace("ideal_cycle_s: {KF94-L: 0.75}", f"ideal_cycle_s: {{KF94-L: {told}}}")
    body = loaded(tmp_path, text).site.lines[0].machines[0]
    noon_ns = parse("2026-03-04T12:00:00+09:00")
    assert [each.value for each in body.ideal_cycle_s["KF94-L"]] == [0.8, 0.7]
    assert ideal_s(body, "KF94-L", noon_ns, ZoneInfo("Asia/Seoul")) == 0.7


def test_plans_may_be_dated(tmp_path: Path) -> None:
    """In the order of their days; rules of rows stay the same, for no row depends on a plan."""
    told = "plan: [{value: 950, valid_from: 2026-03-03}, {value: 900, valid_from: 2026-03-02}]"
    text = GOOD.replace('end: "20:00"', f'end: "20:00", {told}')
    (shift,) = loaded(tmp_path, GOOD).site.lines[0].shifts
    (dated,) = loaded(tmp_path, text).site.lines[0].shifts
    found = [(plan.value, str(plan.valid_from)) for plan in dated.plans]
    assert found == [(900, "2026-03-02"), (950, "2026-03-03")]
    assert (dated.plan, repr(dated)) == (None, repr(shift))
