package config

import "time"

// Server is everything a node is configured with, as it was given; Complete makes a Node of it.
type Server struct {
	HTTP     HTTP     `embed:"" group:"Web:"`
	Stores   Stores   `embed:"" group:"Stores:"`
	Texts    SMS      `embed:"" group:"Text messages:"`
	Mail     Mail     `embed:"" group:"E-mail:"`
	Logout   Logout   `embed:"" prefix:"backchannel-" group:"Telling apps that a session has ended:"`
	Brand    Brand    `embed:"" prefix:"brand-" group:"How it looks:"`
	Support  Support  `embed:"" prefix:"support-" group:"Support contact, shown to people who are stuck:"`
	Log      Log      `embed:"" prefix:"log-" group:"Logs:"`
	Hashing  Hashing  `embed:"" prefix:"hash-" group:"Password hashing:"`
	Limits   Limits   `embed:"" group:"Limits:"`
	Life     Life     `embed:"" group:"Starting and stopping:"`
	Keys     Keys     `embed:"" prefix:"keys-" group:"Signing keys:"`
	Passkeys Passkeys `embed:"" prefix:"passkeys-" group:"Passkeys:"`
	MTLS     MTLS     `embed:"" prefix:"mtls-" group:"Certificates of clients:"`

	BreachedPasswords string `placeholder:"FILE" help:"Public list of breached passwords, sorted: a line for each, which begins with its SHA-1 hash or ten digits of that or more. New passwords that stand in it are refused, and people whose password stands in it are asked for another one. It may be tens of gigabytes: it is searched where it lies." group:"Passwords:"`
}

// Support is whom to ask. What is empty is not shown.
type Support struct {
	Name     string `default:"APS support" help:"Name of the support desk."`
	Phone    string `help:"Its telephone number, as shown."`
	Email    string `help:"Its e-mail address."`
	Hours    string `help:"When it answers, as shown."`
	TimeZone string `default:"Australia/Sydney" help:"IANA time zone of clock times shown before it is known who signs in."`
}

func (s Support) check() error {
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		return problem("support-time-zone", s.TimeZone, "must be an IANA time zone, like Australia/Sydney")
	}
	return nil
}

// Log says what is logged and how.
type Log struct {
	Level  string `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	Format string `default:"json" enum:"json,text" help:"Form of a line: ${enum}."`
}

// Hashing bounds what password hashing may take from the machine: each hash uses 19 MiB and one processor for a moment.
type Hashing struct {
	Parallel int           `default:"0" help:"Password hashes at the same time; 0: one for each processor, at most 4; one less in a container that has a share of the processors."`
	Queue    int           `default:"512" help:"How many more may wait for their turn; others are asked to come back."`
	Wait     time.Duration `default:"10s" help:"How long one waits at most."`
}

// DefaultHashing are the bounds of a node that was told nothing.
func DefaultHashing() Hashing { return Hashing{Queue: 512, Wait: 10 * time.Second} }

func (h Hashing) check() error {
	const most = 64
	switch {
	case h.Parallel < 0 || h.Parallel > most:
		return problem("hash-parallel", "", "must be between 0 and %d", most)
	case h.Queue < 0 || h.Queue > 10_000:
		return problem("hash-queue", "", "must be between 0 and 10000")
	case h.Wait <= 0 || h.Wait > 10*time.Second:
		return problem("hash-wait", h.Wait.String(), "must be between 1ms and 10s")
	}
	return nil
}
