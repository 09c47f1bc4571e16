"""What went wrong and how it ends: complaints to a shop, and from there to the grievance officer."""
