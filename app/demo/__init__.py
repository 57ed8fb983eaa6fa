"""The worked chain: five fictional companies that make, ship and build in an electric vehicle's battery.

Demo, test fixture and bench data alike. Everything in it goes through the application's own services.
"""
