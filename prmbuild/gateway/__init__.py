"""The gateway: what answers for a store besides the files in it. It imports no stage of a build."""
