"""What a family of models is, in a sentence, and what its licence allows."""

from __future__ import annotations

from vitprune_gui.translation import noop

FAMILIES: dict[str, tuple[str, str]] = {
    "beit": (noop("Vision transformers trained to predict visual words of hidden patches; positions are relative."),
             "2106.08254"),
    "byoanet": (noop("Convolutional networks of which some layers are replaced by attention."), ""),
    "byobnet": (noop("Convolutional networks put together from configurable blocks."), ""),
    "cait": (noop("Deep image transformers: the class token joins in its own last layers, and branches are scaled."),
             "2103.17239"),
    "coat": (noop("Transformers with several scales side by side and convolution-like attention."), "2104.06399"),
    "convit": (noop("Vision transformers whose first layers start out attending like convolutions."), "2103.10697"),
    "convmixer": (noop("Patches mixed by depthwise convolutions alone."), "2201.09792"),
    "convnext": (noop("Convolutional networks modernised after the design of transformers."), "2201.03545"),
    "cpubone": (noop("Hybrids of convolution and attention made for processors without a graphics card."),
                "2603.26425"),
    "crossvit": (noop("Two vision transformers with patches of two sizes, which exchange class tokens."),
                 "2103.14899"),
    "davit": (noop("Attention over space and attention over channels take turns."), "2204.03645"),
    "deepseek_vit": (noop("The image encoder of the DeepSeek models."), "2609.19969"),
    "deit": (noop("Vision transformers trained on ImageNet alone, some with a token that learns from a teacher."),
             "2012.12877"),
    "densenet": (noop("Convolutional networks in which every layer reads all layers before it."), "1608.06993"),
    "edgenext": (noop("Small hybrids of convolution and transposed attention for mobile devices."), "2206.10589"),
    "efficientformer": (noop("Transformers shaped for latency on phones: pooling first, attention last."),
                        "2206.01191"),
    "efficientformer_v2": (noop("Transformers for phones, searched for size and speed together."), "2212.08059"),
    "efficientnet": (noop("Convolutional networks scaled in depth, width and resolution together."), "1905.11946"),
    "efficientvit_mit": (noop("Multi-scale linear attention for images of high resolution."), "2205.14756"),
    "efficientvit_msra": (noop("Memory-thrifty transformers with cascaded groups of heads."), "2305.07027"),
    "eva": (noop("Vision transformers with rotary positions and gated MLPs: EVA, DINOv3, Perception Encoder."),
            "2303.11331"),
    "fastvit": (noop("Hybrids whose side branches are folded away after training; image encoders of MobileCLIP."),
                "2303.14189"),
    "focalnet": (noop("Focal modulation in the place of attention."), "2203.11926"),
    "gcvit": (noop("Windows of attention that take turns with attention to global queries."), "2206.09959"),
    "gemma4_vit": (noop("The image encoder of Gemma 4."), "2607.02770"),
    "hiera": (noop("A hierarchical transformer without bells and whistles: strength comes from masked training."),
              "2306.00989"),
    "hieradet_sam2": (noop("The Hiera image encoder of Segment Anything 2."), "2408.00714"),
    "iformer": (noop("Mobile hybrids of ConvNeXt-like layers and single-head modulation attention."), "2501.15369"),
    "inception_next": (noop("ConvNeXt with large kernels split into parallel branches."), "2303.16900"),
    "levit": (noop("A fast transformer in the shape of a convolutional network, with learned position biases."),
              "2104.01136"),
    "lowformer": (noop("Hybrids of convolution and attention at low resolution, made for measured speed."),
                  "2409.03460"),
    "mambaout": (noop("Gated convolutional networks: Mamba blocks without the state-space part."), "2405.07992"),
    "maxxvit": (noop("MaxViT and CoAtNet: convolution, attention in windows and attention on a grid."),
                "2204.01697"),
    "metaformer": (noop("Transformer blocks with an exchangeable token mixer: pooling, convolution or attention."),
                   "2111.11418"),
    "mlp_mixer": (noop("Tokens and channels mixed by MLPs alone."), "2105.01601"),
    "mobilenetv3": (noop("Convolutional networks searched for phones; later ones have some attention."),
                    "1905.02244"),
    "mobilevit": (noop("Small networks that put transformer layers between mobile convolutions."), "2110.02178"),
    "mvitv2": (noop("Multi-scale transformers that pool inside attention."), "2112.01526"),
    "naflexvit": (noop("Vision transformers for images of any size and aspect ratio."), "2307.06304"),
    "nest": (noop("Transformers on nested blocks of patches that are aggregated step by step."), "2105.12723"),
    "nextvit": (noop("Hybrids of convolution and attention for deployment in industry."), "2207.05501"),
    "nfnet": (noop("Residual networks without normalisation."), "2102.06171"),
    "pit": (noop("Vision transformers that pool tokens between stages."), "2103.16302"),
    "pvt_v2": (noop("Pyramids of transformers with attention to a reduced image."), "2106.13797"),
    "qwen3_vit": (noop("The image encoder of the Qwen3 models."), "2511.21631"),
    "regnet": (noop("Convolutional networks from a simple rule for the width of each stage."), "2003.13678"),
    "repvit": (noop("Mobile convolutional networks laid out like a light transformer."), "2307.09283"),
    "resnet": (noop("Residual convolutional networks."), "1512.03385"),
    "resnetv2": (noop("Residual networks that normalise before each layer, among them BiT."), "1603.05027"),
    "swin_transformer": (noop("Attention in windows that shift from block to block, in four stages."), "2103.14030"),
    "swin_transformer_v2": (noop("Swin with cosine attention and norms after the branches, for large images."),
                            "2111.09883"),
    "swin_transformer_v2_cr": (noop("Another implementation of Swin V2."), "2111.09883"),
    "swiftformer": (noop("Mobile networks with additive attention."), "2303.15446"),
    "tiny_vit": (noop("Small transformers in windows, distilled from large ones."), "2207.10666"),
    "tnt": (noop("A transformer inside each patch of a transformer."), "2103.00112"),
    "twins": (noop("Attention in windows and attention to a summary of the image take turns."), "2104.13840"),
    "vgg": (noop("Plain convolutional networks."), "1409.1556"),
    "visformer": (noop("A transformer with convolutions where they serve vision better."), "2104.12533"),
    "vision_transformer": (noop("The plain vision transformer: ViT, and trained otherwise DINOv2, CLIP, SigLIP, MAE."),
                           "2010.11929"),
    "vision_transformer_hybrid": (noop("A vision transformer on the features of a small convolutional network."),
                                  "2010.11929"),
    "vision_transformer_relpos": (noop("Vision transformers with relative positions."), "2010.11929"),
    "vision_transformer_sam": (noop("The image encoder of Segment Anything: windows, and a few global blocks."),
                               "2304.02643"),
    "vitamin": (noop("Two convolutional stages before a transformer, for training with language."), "2404.02132"),
    "volo": (noop("Outlook attention on fine tokens, then a transformer on coarse ones."), "2106.13112"),
    "xcit": (noop("Attention between channels in place of tokens, with a convolution beside it."), "2106.09681"),
}  # fmt: skip
"""By module of timm: what it is, and the arXiv number of the paper that introduced it."""

_SPDX = {"apache-2.0": "Apache-2.0", "mit": "MIT", "bsd-3-clause": "BSD-3-Clause", "cc-by-4.0": "CC-BY-4.0",
         "cc-by-nc-4.0": "CC-BY-NC-4.0"}  # fmt: skip
_FREE = {"apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0"}
_FORBIDS = {"cc-by-nc-4.0", "fair-noncommercial-research-license", "seer-license", "apple-amlr"}


def commercial(licence: str) -> bool | None:
    """Whether a licence permits commercial use; None where that depends on its conditions or nobody says."""
    return True if licence in _FREE else False if licence in _FORBIDS else None


def licence_text(licence: str) -> str:
    """The address of the text of a licence that many use, empty for others: those are on the page of the weights."""
    return f"https://spdx.org/licenses/{_SPDX[licence]}.html" if licence in _SPDX else ""
