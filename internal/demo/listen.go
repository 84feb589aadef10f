package demo

import (
	"errors"
	"fmt"
	"net"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
)

// listeners are the listeners of the demo.
type listeners struct {
	issuer net.Listener
	apps   []net.Listener // in the order of demoApps
}

func listen(c Config) (taken listeners, err error) {
	taken.issuer, err = listenOn("listen", c.Listen)
	if err != nil {
		return listeners{}, err
	}
	for _, app := range []struct{ flag, address string }{
		{"timesheets-listen", c.TimesheetsListen}, {"contacts-listen", c.ContactsListen}, {"lodgements-listen", c.LodgementsListen},
	} {
		listener, err := listenOn(app.flag, app.address)
		if err != nil {
			return listeners{}, errors.Join(err, taken.close())
		}
		taken.apps = append(taken.apps, listener)
	}
	return taken, nil
}

// listenOn refuses every address that other machines could reach: the demo tells its codes to every caller.
func listenOn(flag, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &config.Problem{Key: flag, Value: address, Text: "must be host:port, like 127.0.0.1:8080"}
	}
	if !idp.IsLoopback(host) {
		return nil, &config.Problem{Key: flag, Value: address, Text: "must be a loopback address: the demo shows security codes to everybody"}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s can't be used (%w): choose another address with --%s, like %s:0 for any free port", address, cause(err), flag, host)
	}
	return listener, nil
}

// cause is the innermost error: "address already in use".
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// issuerURL is the address of APS ID, by the name that was asked for: browsers bind passkeys to localhost, and to no IP address.
func (l listeners) issuerURL(asked string) string {
	address := l.issuer.Addr().String()
	if host, _, _ := net.SplitHostPort(asked); host == "localhost" {
		_, port, _ := net.SplitHostPort(address)
		address = net.JoinHostPort(host, port)
	}
	return "http://" + address
}

func (l listeners) appURL(i int) string { return "http://" + l.apps[i].Addr().String() }

func (l listeners) close() error {
	err := l.issuer.Close()
	for _, app := range l.apps {
		err = errors.Join(err, app.Close())
	}
	return err
}
