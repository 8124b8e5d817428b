"""A Zephyr module with a sample application."""

from tinypareto.export.fill_template import text
from tinypareto.export.package import Files, Format, Package
from tinypareto.export.shared_sources import selftest, sources

USE = """\
The folder is a Zephyr module: name it in `EXTRA_ZEPHYR_MODULES` (or in your west manifest), set
`CONFIG_TINYPARETO_MODEL=y` and include `model_io.h`. The sample does so:

    west build -b native_sim samples/@PROGRAM@

It reads @SOURCE@ and prints the @ANSWER@; put your sensor into its `prepare` and `read_value`.
"""

ADC_OVERLAY = """\
/* One channel of the emulated ADC for each channel of the network. */
/ {{
	zephyr,user {{
		io-channels = {channels};
	}};
}};

&adc0 {{
	nchannels = <{count}>;
	ref-internal-mv = <3300>;
	#address-cells = <1>;
	#size-cells = <0>;
{settings}}};
"""

ADC_CHANNEL = """
	channel@{channel:x} {{
		reg = <{channel}>;
		zephyr,gain = "ADC_GAIN_1";
		zephyr,reference = "ADC_REF_INTERNAL";
		zephyr,acquisition-time = <0>;
		zephyr,resolution = <12>;
	}};
"""


def _overlay(channels: int) -> str:
    return ADC_OVERLAY.format(
        channels=", ".join(f"<&adc0 {channel}>" for channel in range(channels)),
        count=channels,
        settings="".join(ADC_CHANNEL.format(channel=channel) for channel in range(channels)),
    )


def _sample(package: Package) -> Files:
    driver, read = ("ADC", "adc") if package.series else ("SERIAL", "uart")
    option = f"CONFIG_TINYPARETO_{package.prefix.upper()}"
    configuration = {option: "y", f"CONFIG_{driver}": "y"}
    if package.info.quantities:
        configuration["CONFIG_CBPRINTF_FP_SUPPORT"] = "y"
    reading = text(f"zephyr_read_{read}.c", package.prefix).rstrip()
    boards = {"native_sim.overlay": _overlay(package.graph.input_shape[2])}
    return {
        "CMakeLists.txt": package.text("zephyr_app_CMakeLists.txt"),
        "prj.conf": "".join(f"{key}={value}\n" for key, value in configuration.items()),
        "sample.yaml": package.text("zephyr_sample.yaml", NAME=package.name),
        "src/main.c": package.text("zephyr_main.c", READ=reading),
        **(
            {f"boards/{name}": content for name, content in boards.items()}
            if package.series
            else {}
        ),
    }


def _files(package: Package) -> Files:
    return {
        **sources(package, "src"),
        **selftest(package, "test"),
        "zephyr/module.yml": text("zephyr_module.yml", NAME=package.name),
        "zephyr/CMakeLists.txt": text("zephyr_CMakeLists.txt", package.prefix, NAME=package.name),
        "zephyr/Kconfig": text("zephyr_Kconfig", package.prefix, NAME=package.name),
        **{
            f"samples/{package.program}/{name}": content
            for name, content in _sample(package).items()
        },
    }


def _use(package: Package) -> str:
    source = (
        "one ADC channel for each channel of the network, as `boards/*.overlay` says for a board"
        if package.series
        else "images from the console's UART"
    )
    return package.filled(USE).replace("@SOURCE@", source)


FORMAT = Format("a Zephyr module with a sample", _files, _use)
