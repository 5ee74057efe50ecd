using System.Runtime.InteropServices;
using KafkaBridge;
using KafkaBridge.Commands;

using var stop = new CancellationTokenSource();
var signal = 0;
void End(PosixSignalContext context)
{
    context.Cancel = true;
    signal = context.Signal == PosixSignal.SIGTERM ? ExitCode.Terminated : ExitCode.Interrupted;
    stop.Cancel();
}

using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
var result = await CommandTree.RunAsync(args, Console.Out, Console.Error, stop.Token);
return result == ExitCode.Interrupted && signal != 0 ? signal : result;
