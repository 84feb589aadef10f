// Command profiled is `apsid serve` with an address for profiles beside it, so that bench can say where the cost of an operation goes.
// The product itself serves no profiles: they hold what is in memory.
package main
