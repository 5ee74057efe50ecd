Console.Error.WriteLine("kafkabridge: no command is built yet");
return 2;
