package main

import (
	"context"
	"os/exec"
	"slices"
	"syscall"

	"github.com/apscloud/apsid/internal/testenv"
)

// service is one thing tests run against: the programs it needs, the variable that names it, and how to get it going.
type service struct {
	name     string
	programs []program
	variable string
	start    func(ctx context.Context, e *environment) (value string, err error) // nil: the programs are all of it
}

func services() []service {
	return []service{
		{"postgres", []program{{"initdb", "postgresql"}, {"postgres", "postgresql"}}, testenv.DatabaseVariable, startPostgres},
		{"durable", []program{{"initdb", "postgresql"}, {"postgres", "postgresql"}}, testenv.DurableVariable, startDurable},
		{"redis", []program{{"redis-server", "redis-server"}}, testenv.RedisVariable, startRedis},
		{"pgbouncer", []program{{"pgbouncer", "pgbouncer"}}, "", nil},
		{"moto", []program{{"python3", "python3-venv"}, {"venv", "python3-venv"}}, testenv.MotoVariable, startMoto},
		{"chromium", []program{{"chromium", "chromium"}, {"zbarimg", "zbar-tools"}, {"oathtool", "oathtool"}, {"DejaVu Sans", "fonts-dejavu-core"}}, testenv.ChromiumVariable, findChromium},
		{"axe", []program{{"npm", "npm"}}, testenv.AxeVariable, fetchAxe},
		{"node", []program{{"node", "nodejs"}, {"npm", "npm"}}, testenv.NodeModulesVariable, nodeModules(nodeExample)},
		{"stocknode", []program{{"node", "nodejs"}, {"npm", "npm"}}, testenv.StockNodeModulesVariable, nodeModules(stockNode)},
		{"browserapp", []program{{"npm", "npm"}}, testenv.BrowserModulesVariable, nodeModules(browserExample)},
		{"python", []program{{"python3", "python3-venv"}, {"venv", "python3-venv"}}, testenv.PythonVariable, python(pythonExample)},
		{"stockpython", []program{{"python3", "python3-venv"}, {"venv", "python3-venv"}}, testenv.StockPythonVariable, python(stockPython)},
		{"stockapache", []program{{"apache2", "apache2-bin"}, {"mod_auth_openidc", "libapache2-mod-auth-openidc"}}, testenv.StockApacheVariable, findApache},
		{"stockjava", nil, testenv.StockJavaVariable, buildJava},
		{"race", []program{{"gcc", "gcc"}, {"libc", "libc6-dev"}}, "", nil}, // go test -race links through a C compiler
	}
}

func allNeeds() []string {
	var names []string
	for _, s := range services() {
		names = append(names, s.name)
	}
	return names
}

// usualNeeds are what all tests together need. Measurements need a slower database than they do.
func usualNeeds() []string {
	return slices.DeleteFunc(allNeeds(), func(name string) bool { return name == "durable" })
}

func startRedis(ctx context.Context, e *environment) (string, error) {
	path, err := find("redis-server")
	if err != nil {
		return "", err
	}
	port, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	cmd := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--databases", "4096",
		"--save", "", "--appendonly", "no", "--dir", e.dir)
	err = e.start(ctx, cmd, syscall.SIGKILL, accepts(port)) // nothing to save
	return "redis://127.0.0.1:" + port, err
}

func findApache(context.Context, *environment) (string, error) { return find("apache2") }

func findChromium(context.Context, *environment) (string, error) { return find("chromium") }
