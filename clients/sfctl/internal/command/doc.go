// Package command is sfctl's command line: one file per noun, and in each command
// one call of the gateway and one result. The work is the services'; here is only
// how it is asked for and shown.
package command
