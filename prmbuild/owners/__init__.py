"""Who is asked to approve what: the approvers of ``prm.yaml`` in the language of code hosts."""
