// Package contexts keeps gateways that a person calls, each under a name of theirs,
// with what it takes to call it.
package contexts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/streamflow/streamflow/platform/settingfile"
)

// Context is how a gateway is called. What is empty is as without a context.
type Context struct {
	// Server is its address, as --server has it.
	Server string `yaml:"server" json:"server"`
	// CA, Cert and Key are the files of TLS.
	CA   string `yaml:"tls_ca,omitempty" json:"tls_ca,omitempty"`
	Cert string `yaml:"tls_cert,omitempty" json:"tls_cert,omitempty"`
	Key  string `yaml:"tls_key,omitempty" json:"tls_key,omitempty"`
	// TokenFile is the file of the token to call with.
	TokenFile string `yaml:"token_file,omitempty" json:"token_file,omitempty"`
}

// Kept is what a file holds.
type Kept struct {
	// Current is the name of the one that is used; empty for none.
	Current string             `yaml:"current,omitempty" json:"current,omitempty"`
	All     map[string]Context `yaml:"contexts" json:"contexts"`
}

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// CheckName refuses what is no name of a context.
func CheckName(text string) error {
	if !name.MatchString(text) {
		return fmt.Errorf("context %q: want letters, digits, and . _ - between them", text)
	}
	return nil
}

// Read reads a file of contexts; without one there are none. Errors: one that is none, or
// that others may write: it says where tokens are sent.
func Read(path string) (*Kept, error) {
	c := &Kept{All: map[string]Context{}}
	text, err := settingfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for n, each := range c.All {
		if err := CheckName(n); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if each.Server == "" {
			return nil, fmt.Errorf("%s: context %s has no server", path, n)
		}
	}
	if c.All == nil {
		c.All = map[string]Context{}
	}
	return c, nil
}

// Write keeps contexts in a file of its user.
func (c *Kept) Write(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("there is no home to keep contexts in: set HOME or XDG_CONFIG_HOME")
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Names are the names, in order.
func (c *Kept) Names() []string { return slices.Sorted(maps.Keys(c.All)) }
