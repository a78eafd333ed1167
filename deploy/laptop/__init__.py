"""What helps on one machine: set-up, the local stack, the demo, the benchmarks, the tests."""
