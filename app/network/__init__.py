"""A whole resolution system on one machine: every level a process of its own, with its own database, key and port.

Development tool, demonstration and final test alike. What the nodes do with each other goes through their own
interfaces; only the story of the shop floors is told to each company's database by the services that its pages use.
"""
