// A small app that lets people sign in with APS ID. Everything that it takes is in Signin.cs.
using System.Net;
using Rota;

var builder = WebApplication.CreateBuilder(args);
var env = (string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException(name + " is not set");
builder.AddSignin(env("ISSUER"), env("CLIENT_ID"), env("CLIENT_SECRET"), env("APP_URL"));
builder.WebHost.UseUrls("http://" + env("LISTEN")); // TLS ends at the proxy in front

var app = builder.Build();
app.UseStaticFiles(); // wwwroot/activity.js, the same as in the Node example
app.UseSignin(env("APP_URL"));

app.MapGet("/", () => Page("<title>Rota</title><h1>Rota</h1><p><a href=\"/shifts\">My shifts</a></p>"));
app.MapGet("/shifts", (HttpContext context) => Page($"""
    <title>My shifts</title><script src="/activity.js" defer></script>
    <h1>Shifts of {WebUtility.HtmlEncode(context.User.Identity?.Name)}</h1>
    <form method="post" action="/auth/logout"><button>Sign out</button></form>
    """)).RequireAuthorization();
app.Run();

static IResult Page(string body) => Results.Content("<!doctype html>" + body, "text/html; charset=utf-8");
