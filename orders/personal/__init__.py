"""What Nukkad holds about a person: to be handed to them, and to be erased (DPDP Act 2023, s.11 and 12)."""
