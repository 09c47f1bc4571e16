"""The simulated bank: a stand-in for NPCI and a payment provider, with its own process and database.

It imports nothing of the product and the product imports nothing of it; they meet over HTTP.
"""
