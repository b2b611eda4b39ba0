package bearer

import (
	"context"

	"google.golang.org/grpc"
)

// Call returns the option of a connection whose calls show a token. It is shown to whoever
// answers at the address, also where the connection is not encrypted: who gives a token to a
// connection has decided that.
func Call(token string) grpc.DialOption {
	return CallBy(func(context.Context) (string, error) { return token, nil })
}

// CallBy is Call for a token that is asked for with each call, since it is exchanged while
// the connection lasts. An error is that of the call.
func CallBy(token func(context.Context) (string, error)) grpc.DialOption {
	return grpc.WithPerRPCCredentials(shown(token))
}

type shown func(context.Context) (string, error)

// GetRequestMetadata returns the header that a call shows its token in.
func (s shown) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := s(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity is false: on loopback nothing is encrypted.
func (shown) RequireTransportSecurity() bool { return false }
