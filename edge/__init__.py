"""The edge service: what lies between the collectors and the people who read the figures."""
