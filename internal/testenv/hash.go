package testenv

// HashMemory is how many KiB the hash of a password fills in tests that need a password and are not about hashing: at its real
// cost, hashing took half of the time of all tests. Tests of the cost, of the bounds on it and of whole programs pay in full.
const HashMemory = 64
