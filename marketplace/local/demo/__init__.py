"""The demo neighbourhood: real staples and brands, eight shops in two cities, orders in every state.

All of it goes in through the services, so that every rule holds for it; what is there already stays.
"""
