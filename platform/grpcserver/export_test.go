package grpcserver

// NewAged is New with an age of connections that a test can wait for.
var NewAged = newServer
