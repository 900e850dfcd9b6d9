"""Sparkplug B as a host application: births, aliases, sequences, deaths and STATE, over MQTT."""
