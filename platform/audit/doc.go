// Package audit is the form of the audit log that whoever verifies it needs to know, and
// nothing of how it is kept: what is hashed of a line, what is signed of a checkpoint, the
// keys, and what is wrong with a log. It trusts neither the database nor the service that
// answers: a hash is made anew from what a line says, and a signature is held against a
// public key that the caller brings.
//
// What is hashed and signed is a list of fields in a fixed order, each written as its length
// in bytes, a colon, the field and a comma. No two lists look alike.
package audit
