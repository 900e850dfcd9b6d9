"""The payload of Sparkplug B as protobuf: the fields that we read, by their published numbers.

The published file has a licence of its own (EPL-2.0), so it is not shipped. Numbers and types of
fields are what any program has to use; this is our own list of them, and protobuf skips the rest.
Texts are declared as bytes: what is no UTF-8 is then the fault of one metric, not of its message.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

FILE = "lineproof_sparkplug.proto"
U32, U64, FLOAT, DOUBLE, BOOL, BYTES = (
    Field.TYPE_UINT32,
    Field.TYPE_UINT64,
    Field.TYPE_FLOAT,
    Field.TYPE_DOUBLE,
    Field.TYPE_BOOL,
    Field.TYPE_BYTES,
)
VALUES = {  # one of these at most: a metric's value
    "int_value": (10, U32),
    "long_value": (11, U64),
    "float_value": (12, FLOAT),
    "double_value": (13, DOUBLE),
    "boolean_value": (14, BOOL),
    "string_value": (15, BYTES),
    "bytes_value": (16, BYTES),
    "dataset_value": (17, BYTES),
    "template_value": (18, BYTES),
    "extension_value": (19, BYTES),
}
MESSAGES: Mapping[str, Mapping[str, tuple[int, int | str]]] = {
    "PropertyValue": {"is_null": (2, BOOL), "int_value": (3, U32), "long_value": (4, U64)},
    "PropertySet": {"keys": (1, BYTES), "values": (2, "PropertyValue")},
    "Metric": {
        "name": (1, BYTES),
        "alias": (2, U64),
        "timestamp": (3, U64),
        "datatype": (4, U32),
        "is_historical": (5, BOOL),
        "is_null": (7, BOOL),
        "properties": (9, "PropertySet"),
        **VALUES,
    },
    "Payload": {"timestamp": (1, U64), "metrics": (2, "Metric"), "seq": (3, U64)},
}
LISTS = {"keys", "values", "metrics"}
Payload = Any  # protobuf makes its classes at run time


def described() -> FileDescriptorProto:
    """The list above as protobuf wants it."""
    file = FileDescriptorProto(name=FILE, package="lineproof", syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if name == "Metric":
            message.oneof_decl.add(name="value")
        for label, (number, kind) in fields.items():
            field = message.field.add(name=label, number=number)
            field.label = Field.LABEL_REPEATED if label in LISTS else Field.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type, field.type_name = Field.TYPE_MESSAGE, f".lineproof.{kind}"
            else:
                field.type = kind
            if label in VALUES and name == "Metric":
                field.oneof_index = 0
    return file


def made() -> type[Any]:
    """The class of a payload, in a pool of its own: another schema in this process is no rival."""
    pool = DescriptorPool()
    pool.Add(described())
    found: type[Any] = GetMessageClass(pool.FindMessageTypeByName("lineproof.Payload"))
    return found


PAYLOAD = made()


def opened(raw: bytes) -> Payload | None:
    """The payload that these bytes are; None where they are none."""
    try:
        return PAYLOAD.FromString(raw)
    except DecodeError:
        return None
