"""What a service's tests share: a pytest plugin with fixtures, builders, and behaviour suites for both backends."""
