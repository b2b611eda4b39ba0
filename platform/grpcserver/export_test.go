package grpcserver

// NewAged is New with an age of connections that a test can wait for.
var NewAged = newServer

// SetRoom gives a server room for so many bytes of requests.
func SetRoom(s *Server, bytes int64) { s.room.most = bytes }

// Held is how many bytes of requests a server holds.
func Held(s *Server) int64 {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	return s.room.held
}
