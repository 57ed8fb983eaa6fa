"""The native Handle protocol on HANDLE_PORT, TCP and UDP: a small process beside the web processes, which it asks.

It knows the protocol and no rules: what a handle resolves to, what is referred and what is recursed, it hears from
/api/handles and /api/network/answers on the loopback address, as any other client does.
"""
