package devsuite

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// What lies in the folder that says how to get in, which its owner alone may enter.
const (
	accessFolder = "access"
	tokenFile    = "token"
	placeFile    = "gateway.json"
)

// authorization is what stands before the secret in a token's file, so that it is a header
// as curl -H @FILE sends it.
const authorization = "Authorization: Bearer "

// TokenFile is the file in a data folder that holds the token of who started the suite.
func TokenFile(dataDir string) string { return filepath.Join(dataDir, accessFolder, tokenFile) }

// Place is where a suite is called with the token that lies beside it, and nowhere else.
type Place struct {
	// Server is the gateway's gRPC address, and Page where its page is.
	Server string `json:"server"`
	Page   string `json:"page"`
	// CA is the file of the CA whose word is taken for both, where they speak TLS.
	CA string `json:"tls_ca,omitempty"`
}

// ReadAccess returns the token of a data folder, and the place that it is for. Errors:
// fs.ErrNotExist where there is none, and where another user may have written it.
func ReadAccess(dataDir string) (token string, at Place, err error) {
	at, err = ReadPlace(TokenFile(dataDir))
	if err != nil {
		return "", at, err
	}
	token, err = readToken(dataDir)
	return token, at, err
}

// ReadPlace returns the place that lies beside a token's file. Errors: those of ReadAccess.
func ReadPlace(tokenFile string) (at Place, err error) {
	text, err := readSecret(filepath.Join(filepath.Dir(tokenFile), placeFile))
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil {
		return Place{}, fmt.Errorf("read where the token is for: %w", err)
	}
	return at, nil
}

func readToken(dataDir string) (string, error) {
	text, err := readSecret(TokenFile(dataDir))
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return ParseToken(string(text))
}

// ParseToken reads a token's file: the secret alone, or the header that sends it. The token
// may be one of the suite, or of an OpenID issuer, as Kubernetes projects into a pod.
func ParseToken(text string) (string, error) {
	token := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), strings.TrimSpace(authorization)))
	if !bearer.Is(bearer.Token, token) && !bearer.IsJWT(token) {
		return "", fmt.Errorf("expected a token, which begins with %s or is of an OpenID issuer, or a line %q and a token; found neither", bearer.Token, authorization)
	}
	return token, nil
}

// ensureToken has a token of the user who starts the suite: the one that lies in the data
// folder, or a new one where there is none that this database knows.
func (s *Suite) ensureToken(ctx context.Context) error {
	if s.cfg.Auth == AuthNone {
		return nil
	}
	conn, err := s.Dial("orchestrator")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	client := orchestratorv1.NewOrchestratorServiceClient(conn)
	if s.cfg.DataDir != "" {
		token, err := readToken(s.cfg.DataDir)
		if err == nil {
			s.who, err = identify(ctx, client, token)
		}
		if err == nil {
			s.token = token
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !problem.Is(err, problem.Unauthenticated) {
			return err
		}
	}
	made, err := client.CreateToken(ctx, &orchestratorv1.CreateTokenRequest{
		Name: s.cfg.User, Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: requester,
	})
	if err != nil {
		return fmt.Errorf("make a token: %w", err)
	}
	s.token = made.GetSecret()
	if s.who, err = identify(ctx, client, s.token); err != nil {
		return err
	}
	return s.keep(tokenFile, []byte(authorization+s.token+"\n"))
}

func identify(ctx context.Context, client orchestratorv1.OrchestratorServiceClient, token string) (*identity.Identity, error) {
	resp, err := client.Identify(ctx, &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(token)})
	if err != nil {
		return nil, err
	}
	return identity.Of(resp.GetIdentity()), nil
}

// keepPlace writes beside the token where it is for, also where nobody is asked for one: what
// lies there from before may say that this address speaks TLS, or that it does not.
func (s *Suite) keepPlace() error {
	at := Place{Server: Callable(s.GRPCAddr()), Page: s.Page()}
	if s.cfg.TLS {
		at.CA = CAFile(s.cfg.DataDir)
	}
	text, err := json.MarshalIndent(at, "", "  ")
	if err != nil {
		return err
	}
	return s.keep(placeFile, append(text, '\n'))
}

// keep writes a file of the folder that says how to get in; without a data folder nothing is
// kept.
func (s *Suite) keep(name string, text []byte) error {
	if s.cfg.DataDir == "" {
		return nil
	}
	dir, err := s.accessDir()
	if err != nil {
		return err
	}
	return writeSecret(filepath.Join(dir, name), text)
}

// accessDir is the folder that says how to get in, made where it is missing.
func (s *Suite) accessDir() (string, error) {
	dir := filepath.Join(s.cfg.DataDir, accessFolder)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	return dir, ours(dir, info)
}

// Token is the secret that the gateway is called with; empty where it asks nobody.
func (s *Suite) Token() string { return s.token }

// Link makes a link to the page, good once and for a few minutes; where nobody is asked for
// a token it is the page's address.
func (s *Suite) Link(ctx context.Context) (string, error) {
	page := s.Page()
	if s.cfg.Auth == AuthNone {
		return page + "/", nil
	}
	conn, err := s.Dial("orchestrator")
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	ctx, err = identity.Outgoing(ctx, s.who)
	if err != nil {
		return "", err
	}
	made, err := orchestratorv1.NewOrchestratorServiceClient(conn).CreateLogin(ctx, &orchestratorv1.CreateLoginRequest{})
	if err != nil {
		return "", fmt.Errorf("make a link to the page: %w", err)
	}
	return LoginURL(page, made.GetSecret()), nil
}

// LoginURL is the link with a secret to the page at an address. One on loopback goes by a
// name of its own under localhost, which browsers lead to this machine: the cookie that it
// gets would otherwise be sent to whatever listens on another port.
func LoginURL(page, secret string) string {
	page = strings.TrimSuffix(page, "/")
	scheme, host, found := strings.Cut(page, "://")
	if name, port, err := net.SplitHostPort(host); found && err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback()) {
		page = scheme + "://" + net.JoinHostPort("sf-"+strings.ToLower(rand.Text()[:10])+".localhost", port)
	}
	return page + "/login?token=" + secret
}

// Callable is the address that a client on this machine calls where a server listens
// at every address of it.
func Callable(listening string) string {
	host, port, err := net.SplitHostPort(listening)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return listening
	}
	return net.JoinHostPort("127.0.0.1", port)
}
