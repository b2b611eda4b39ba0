package issuer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// user and password are who comes by.
const user, password = "test-user@127.0.0.1", "verysecure"

// form is what a browser signs in by. It fills itself in, since a test has no hands.
const form = `<!DOCTYPE html>
<title>Sign in</title>
<form method="post"><input name="username" value="` + user + `"/><input name="password" type="password" value="` + password + `"/></form>
<script>document.forms[0].submit()</script>
`

// pollEvery is how often a device may ask: a test does not wait.
const pollEvery = 100 * time.Millisecond

// clients are those of the storage, which may do what each of ours does.
type clients struct{ *storage.Storage }

// GetClientByClientID returns a client.
func (c clients) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	found, err := c.Storage.GetClientByClientID(ctx, id)
	if err != nil || id != Device {
		return found, err
	}
	return refreshing{found}, nil
}

// CreateAccessAndRefreshTokens has what a device gets know whose it is: the storage writes that
// down of no device, and would renew nothing for one.
func (c clients) CreateAccessAndRefreshTokens(ctx context.Context, request op.TokenRequest, current string) (id, refresh string, ends time.Time, err error) {
	if d, ok := request.(*op.DeviceAuthorizationState); ok {
		request = &storage.RefreshTokenRequest{RefreshToken: &storage.RefreshToken{
			ApplicationID: d.ClientID, UserID: d.Subject, Audience: d.Audience, Scopes: d.Scopes, AuthTime: d.AuthTime, AMR: d.AMR,
		}}
	}
	return c.Storage.CreateAccessAndRefreshTokens(ctx, request, current)
}

// refreshing is a client of a device that gets its tokens renewed.
type refreshing struct{ op.Client }

// GrantTypes are by what it gets tokens.
func (refreshing) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeDeviceCode, oidc.GrantTypeRefreshToken}
}

// serve answers until what it reads ends. It says where first.
func serve(in io.Reader, out io.Writer, redirects []string) error {
	lis, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for as long as the process lasts
	if err != nil {
		return err
	}
	address := "http://" + lis.Addr().String()
	storage.RegisterClients(storage.NativeClient(Native, redirects...), storage.DeviceClient(Device, DeviceSecret))
	kept := clients{storage.NewStorage(storage.NewUserStore(address))}
	provider, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte(address)), CryptoKeyId: "test", CodeMethodS256: true, AuthMethodPost: true, GrantTypeRefreshToken: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{Lifetime: time.Minute, PollInterval: pollEvery, UserFormPath: "/device", UserCode: op.UserCodeBase20},
	}, kept, op.StaticIssuer(address), op.WithAllowInsecure())
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("/login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("authRequestID")
		if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Dest") == "document" {
			_, _ = io.WriteString(w, form) // a browser that has gone away needs none
			return
		}
		if err := kept.CheckUsernamePassword(user, password, id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(r.Context(), id), http.StatusFound)
	}))
	mux.HandleFunc("/device", func(w http.ResponseWriter, r *http.Request) { device(w, r, kept) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { drain(in); _ = server.Close() }() // ends with what started us
	if _, err := fmt.Fprintln(out, address); err != nil {
		return err
	}
	if err := server.Serve(lis); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// device lets a device in, or sends it away, whose code is shown.
func device(w http.ResponseWriter, r *http.Request, kept clients) {
	code, err := url.QueryUnescape(r.URL.Query().Get("user_code"))
	if err == nil && r.URL.Query().Has("deny") {
		err = kept.DenyDeviceAuthorization(r.Context(), code)
	} else if err == nil {
		err = kept.CompleteDeviceAuthorization(r.Context(), code, "id1")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}
