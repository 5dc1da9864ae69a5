"""The access rule: from a request to the one file that it may get, or to nothing.

It exists twice: here, for the gateway and for proofs, and as ``edge.js``, a CloudFront Function. Both follow
``tests/access/*.json``.
"""
