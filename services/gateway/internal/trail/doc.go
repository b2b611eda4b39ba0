// Package trail writes the gateway's chain of the audit log: a line before whatever is asked
// of a service that is to be recorded, one after it, and one for each refusal. What leaves no
// line before is not done. It signs the chain as it grows, with a key that the database does
// not have, and remembers its end: what somebody takes out of the database is told by the
// next signature.
//
// One chain is written by one Book, one line after the other; a gateway that starts begins
// another. A line is one call of the orchestrator.
package trail
