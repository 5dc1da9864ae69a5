"""Where the access rule looks things up while partners read: one small protocol, kept by CloudFront."""
