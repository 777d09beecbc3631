using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker.Local;

namespace Microsoft.Azure.Functions.Worker.Builder;

public class FunctionsApplication
{
    /// <summary>Starts an app made of the functions in the calling assembly, with <c>host.json</c> beside the program.</summary>
    /// <param name="args"><c>--port N</c> for HTTP (7071); every other <c>--key value</c> becomes configuration.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) =>
        new(args, AppContext.BaseDirectory, FunctionSource.Of(Assembly.GetCallingAssembly()));
}
