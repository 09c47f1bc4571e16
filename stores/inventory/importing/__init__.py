"""A shop's price list, as it comes out of its billing software, becomes its shelf."""

from stores.inventory.importing.runs import keep_file, run_import, start_import

__all__ = ["keep_file", "run_import", "start_import"]
