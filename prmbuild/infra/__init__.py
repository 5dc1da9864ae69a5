"""The stack on AWS: one CloudFormation template, and creating or changing what it describes."""
