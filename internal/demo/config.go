package demo

import (
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Config is what can be chosen of the demo; nothing has to be.
type Config struct {
	Listen           string        `default:"127.0.0.1:8080" help:"Address of APS ID."`
	TimesheetsListen string        `default:"127.0.0.1:8081" help:"Address of Cloud Timesheets."`
	ContactsListen   string        `default:"127.0.0.1:8082" help:"Address of Contacts+."`
	LodgementsListen string        `default:"127.0.0.1:8083" help:"Address of Lodgements, an app connected to a government system."`
	DemoIdle         time.Duration `default:"15m" help:"How long Lodgements waits for a person's activity before it signs out: 1m to 15m, to watch it happen."`
	DemoSignOnGroup  bool          `help:"Let Cloud Timesheets and Contacts+ share a sign-in."`
	Brand            config.Brand  `embed:"" prefix:"brand-"`
	Issuer           string        `help:"The URL by which APS ID is reached, if it is not its own address."`
	TrustedProxies   []string      `help:"Networks of the proxies in front, if there are any, like 127.0.0.1."`
	MTLS             config.MTLS   `embed:"" prefix:"mtls-"`
	StateDir         string        `default:".state/demo" type:"path" help:"Folder for the database, the seal keys and demo.json."`
	DatabaseURL      config.Secret `help:"postgres://… or sqlite:PATH. Default: a file in the state folder."`
	RedisURL         config.Secret `help:"redis://… or embedded. Default: embedded."`
	MetricsListen    string        `help:"Address to serve /metrics on; none if empty."`
	LogLevel         string        `default:"warn" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	LogFormat        string        `default:"text" enum:"json,text" help:"Form of a line: ${enum}."`
}

// Log says what is logged and how.
func (c Config) Log() config.Log { return config.Log{Level: c.LogLevel, Format: c.LogFormat} }

// server is the configuration of the node, reached at issuer.
func (c Config) server(issuer string) (config.Node, error) {
	address, err := config.ParseIssuer(issuer)
	if err != nil {
		return config.Node{}, err
	}
	s := config.Server{
		HTTP: config.HTTP{Listen: c.Listen, Issuer: issuer, MetricsListen: c.MetricsListen, TrustedProxies: c.proxies()},
		Stores: config.Stores{
			Sealed:   config.Sealed{Database: config.Database{StateDir: c.StateDir, DatabaseURL: c.DatabaseURL}, MakeSealKeys: true},
			RedisURL: c.RedisURL,
		},
		Texts: config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Brand: c.Brand,
		Support: config.Support{
			Name: "APS support", Phone: "1800 555 010", Email: "support@aps.example", Hours: "Monday to Friday, 8 am to 6 pm AEST",
			TimeZone: "Australia/Sydney",
		},
		Log:     c.Log(),
		MTLS:    c.MTLS,
		Logout:  config.Logout{AllowLoopback: idp.IsLoopback(address.Hostname())}, // where the demo's apps are
		Hashing: config.DefaultHashing(),
		Life:    config.Life{ShutdownDrain: 10 * time.Second}, // it waits for nothing: nobody else is there
	}
	return s.Complete()
}

func (c Config) proxies() []string {
	if len(c.TrustedProxies) == 0 {
		return []string{"none"}
	}
	return c.TrustedProxies
}

// check holds the policy's own bounds: outside of them the app would not do what the flag says.
func (c Config) check() error {
	if c.DemoIdle != 0 && (c.DemoIdle < policy.LeastIdle(true) || c.DemoIdle > policy.GovernmentIdleTimeout) {
		return &config.Problem{Key: "demo-idle", Value: c.DemoIdle.String(), Text: "must be between 1m and 15m"}
	}
	return nil
}
