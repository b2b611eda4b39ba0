package command

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// overTLS begins the address of a gateway that speaks TLS.
const overTLS = "https://"

// tlsFlags are the files with which a gateway is spoken to that speaks TLS.
func (a *app) tlsFlags(flags *pflag.FlagSet) {
	flags.StringVar(&a.tls.CA, "tls-ca", a.fromEnv("SFCTL_TLS_CA", ""), "CA whose word is taken for the gateway, and TLS; without it the system's, for https:// [SFCTL_TLS_CA]")
	flags.StringVar(&a.tls.Cert, "tls-cert", a.fromEnv("SFCTL_TLS_CERT", ""), "certificate to show, where one is asked for [SFCTL_TLS_CERT]")
	flags.StringVar(&a.tls.Key, "tls-key", a.fromEnv("SFCTL_TLS_KEY", ""), "its private key [SFCTL_TLS_KEY]")
}

// transport is where the gateway is called, and with what: TLS where its address begins
// with https://, or any of its files is given.
func (a *app) transport() (address string, opts []grpc.DialOption, err error) {
	address, says := strings.CutPrefix(a.server, overTLS)
	files := a.tls
	if files == (tlsfiles.Files{}) {
		files.CA = a.foundCA(address)
	}
	if !says && files == (tlsfiles.Files{}) {
		return address, nil, nil
	}
	certs, err := tlsfiles.Open(files, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", nil, exit.BadUsage(fmt.Errorf("--tls-ca, --tls-cert, --tls-key: %w", err))
	}
	return address, []grpc.DialOption{grpc.WithTransportCredentials(certs.ClientCredentials(""))}, nil
}

// foundCA is the file of the CA of a `sfctl dev` that speaks TLS, as it is written beside the
// token that the gateway is called with; empty where nothing says so, or it is said of another
// address.
func (a *app) foundCA(address string) string {
	file := a.tokenLies()
	if file == "" {
		return ""
	}
	if at, err := devsuite.ReadPlace(file); err == nil && at.Server == address {
		return at.CA
	}
	return ""
}
