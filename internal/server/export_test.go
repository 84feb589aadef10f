package server

import "context"

// ReloadSealKeys takes the keys over that are in the node's file now, and not when it looks the next time.
func (s *Server) ReloadSealKeys(ctx context.Context) { s.services.sealKeys.reload(ctx) }
