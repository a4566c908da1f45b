"""Papers that several recipes cite."""

from zoo.schema import Paper

LSTM = Paper(
    title="Long Short-Term Memory",
    authors="Sepp Hochreiter and Jürgen Schmidhuber",
    year=1997,
    venue="Neural Computation 9(8)",
    url="https://doi.org/10.1162/neco.1997.9.8.1735",
)
BIDIRECTIONAL = Paper(
    title="Bidirectional Recurrent Neural Networks",
    authors="Mike Schuster and Kuldip K. Paliwal",
    year=1997,
    venue="IEEE Transactions on Signal Processing 45(11)",
    url="https://doi.org/10.1109/78.650093",
)
GRU = Paper(
    title="Learning Phrase Representations using RNN Encoder-Decoder for Statistical "
    "Machine Translation",
    authors="Kyunghyun Cho, Bart van Merriënboer, Caglar Gulcehre, Dzmitry Bahdanau, "
    "Fethi Bougares, Holger Schwenk and Yoshua Bengio",
    year=2014,
    venue="EMNLP 2014",
    url="https://aclanthology.org/D14-1179/",
)
REGIONS = Paper(
    title="Supervised and Semi-Supervised Text Categorization using LSTM for Region Embeddings",
    authors="Rie Johnson and Tong Zhang",
    year=2016,
    venue="ICML 2016",
    url="https://proceedings.mlr.press/v48/johnson16.html",
)
ELMAN = Paper(
    title="Finding Structure in Time",
    authors="Jeffrey L. Elman",
    year=1990,
    venue="Cognitive Science 14(2)",
    url="https://doi.org/10.1207/s15516709cog1402_1",
)
IDENTITY_START = Paper(
    title="A Simple Way to Initialize Recurrent Networks of Rectified Linear Units",
    authors="Quoc V. Le, Navdeep Jaitly and Geoffrey E. Hinton",
    year=2015,
    venue="arXiv",
    url="https://arxiv.org/abs/1504.00941",
)
DEEP_RNN = Paper(
    title="Speech Recognition with Deep Recurrent Neural Networks",
    authors="Alex Graves, Abdel-rahman Mohamed and Geoffrey E. Hinton",
    year=2013,
    venue="ICASSP 2013",
    url="https://arxiv.org/abs/1303.5778",
)
NB_SVM = Paper(
    title="Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
    authors="Sida Wang and Christopher D. Manning",
    year=2012,
    venue="ACL 2012",
    url="https://aclanthology.org/P12-2018/",
)
DISTILLATION = Paper(
    title="Distilling the Knowledge in a Neural Network",
    authors="Geoffrey Hinton, Oriol Vinyals and Jeff Dean",
    year=2015,
    venue="NIPS Deep Learning Workshop",
    url="https://arxiv.org/abs/1503.02531",
)
IMDB = Paper(
    title="Learning Word Vectors for Sentiment Analysis",
    authors="Andrew L. Maas, Raymond E. Daly, Peter T. Pham, Dan Huang, Andrew Y. Ng "
    "and Christopher Potts",
    year=2011,
    venue="ACL-HLT 2011",
    url="https://aclanthology.org/P11-1015/",
)
CNN = Paper(
    title="Convolutional Neural Networks for Sentence Classification",
    authors="Yoon Kim",
    year=2014,
    venue="EMNLP 2014",
    url="https://aclanthology.org/D14-1181/",
)
TRANSFORMER = Paper(
    title="Attention Is All You Need",
    authors="Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N. "
    "Gomez, Łukasz Kaiser and Illia Polosukhin",
    year=2017,
    venue="NIPS 2017",
    url="https://arxiv.org/abs/1706.03762",
)
ECHO_STATE = Paper(
    title='The "Echo State" Approach to Analysing and Training Recurrent Neural Networks',
    authors="Herbert Jaeger",
    year=2001,
    venue="GMD Report 148",
    url="https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf",
)
HARNESSING = Paper(
    title="Harnessing Nonlinearity: Predicting Chaotic Systems and Saving Energy in Wireless "
    "Communication",
    authors="Herbert Jaeger and Harald Haas",
    year=2004,
    venue="Science 304(5667)",
    url="https://doi.org/10.1126/science.1091277",
)
LEAKY_UNITS = Paper(
    title="Optimization and Applications of Echo State Networks with Leaky-Integrator Neurons",
    authors="Herbert Jaeger, Mantas Lukoševičius, Dan Popovici and Udo Siewert",
    year=2007,
    venue="Neural Networks 20(3)",
    url="https://doi.org/10.1016/j.neunet.2007.04.016",
)
PRACTICAL_GUIDE = Paper(
    title="A Practical Guide to Applying Echo State Networks",
    authors="Mantas Lukoševičius",
    year=2012,
    venue="Neural Networks: Tricks of the Trade",
    url="https://doi.org/10.1007/978-3-642-35289-8_36",
)
MODEL_FREE = Paper(
    title="Model-Free Prediction of Large Spatiotemporally Chaotic Systems from Data: "
    "A Reservoir Computing Approach",
    authors="Jaideep Pathak, Brian Hunt, Michelle Girvan, Zhixin Lu and Edward Ott",
    year=2018,
    venue="Physical Review Letters 120(2)",
    url="https://doi.org/10.1103/PhysRevLett.120.024102",
)
MACKEY_GLASS = Paper(
    title="Oscillation and Chaos in Physiological Control Systems",
    authors="Michael C. Mackey and Leon Glass",
    year=1977,
    venue="Science 197(4300)",
    url="https://doi.org/10.1126/science.267326",
)
LORENZ = Paper(
    title="Deterministic Nonperiodic Flow",
    authors="Edward N. Lorenz",
    year=1963,
    venue="Journal of the Atmospheric Sciences 20(2)",
    url="https://doi.org/10.1175/1520-0469(1963)020%3C0130:DNF%3E2.0.CO;2",
)
JAPANESE_VOWELS = Paper(
    title="Multidimensional Curve Classification Using Passing-Through Regions",
    authors="Mineichi Kudo, Jun Toyama and Masaru Shimbo",
    year=1999,
    venue="Pattern Recognition Letters 20(11-13)",
    url="https://doi.org/10.1016/S0167-8655(99)00077-X",
)
ADDITIVE_ATTENTION = Paper(
    title="Neural Machine Translation by Jointly Learning to Align and Translate",
    authors="Dzmitry Bahdanau, Kyunghyun Cho, Yoshua Bengio",
    year=2015,
    venue="International Conference on Learning Representations",
    url="https://arxiv.org/abs/1409.0473",
)
INPUT_FEEDING = Paper(
    title="Effective Approaches to Attention-based Neural Machine Translation",
    authors="Minh-Thang Luong, Hieu Pham, Christopher D. Manning",
    year=2015,
    venue="Conference on Empirical Methods in Natural Language Processing",
    url="https://arxiv.org/abs/1508.04025",
)
SUBWORDS = Paper(
    title="Neural Machine Translation of Rare Words with Subword Units",
    authors="Rico Sennrich, Barry Haddow, Alexandra Birch",
    year=2016,
    venue="Annual Meeting of the Association for Computational Linguistics",
    url="https://aclanthology.org/P16-1162/",
)
TIED_EMBEDDINGS = Paper(
    title="Using the Output Embedding to Improve Language Models",
    authors="Ofir Press, Lior Wolf",
    year=2017,
    venue="Conference of the European Chapter of the Association for Computational Linguistics",
    url="https://arxiv.org/abs/1608.05859",
)
VARIATIONAL_DROPOUT = Paper(
    title="A Theoretically Grounded Application of Dropout in Recurrent Neural Networks",
    authors="Yarin Gal and Zoubin Ghahramani",
    year=2016,
    venue="Neural Information Processing Systems",
    url="https://arxiv.org/abs/1512.05287",
)
WEIGHT_DROP = Paper(
    title="Regularizing and Optimizing LSTM Language Models",
    authors="Stephen Merity, Nitish Shirish Keskar and Richard Socher",
    year=2018,
    venue="International Conference on Learning Representations",
    url="https://arxiv.org/abs/1708.02182",
)
SAMPLED_SOFTMAX = Paper(
    title="On Using Very Large Target Vocabulary for Neural Machine Translation",
    authors="Sébastien Jean, Kyunghyun Cho, Roland Memisevic and Yoshua Bengio",
    year=2015,
    venue="ACL 2015",
    url="https://aclanthology.org/P15-1001/",
)
CHARACTER_NETWORKS = Paper(
    title="The Unreasonable Effectiveness of Recurrent Neural Networks",
    authors="Andrej Karpathy",
    year=2015,
    venue="Andrej Karpathy's blog",
    url="https://karpathy.github.io/2015/05/21/rnn-effectiveness/",
)
MULTI30K = Paper(
    title="Multi30K: Multilingual English-German Image Descriptions",
    authors="Desmond Elliott, Stella Frank, Khalil Sima'an, Lucia Specia",
    year=2016,
    venue="Workshop on Vision and Language",
    url="https://aclanthology.org/W16-3210/",
)
COUNT_VECTORS = Paper(
    title="Improving Distributional Similarity with Lessons Learned from Word Embeddings",
    authors="Omer Levy, Yoav Goldberg and Ido Dagan",
    year=2015,
    venue="TACL 3",
    url="https://aclanthology.org/Q15-1016/",
)
UEA = Paper(
    title="The UEA multivariate time series classification archive, 2018",
    authors="Anthony Bagnall, Hoang Anh Dau, Jason Lines, Michael Flynn, James Large, Aaron "
    "Bostrom, Paul Southam and Eamonn Keogh",
    year=2018,
    venue="arXiv",
    url="https://arxiv.org/abs/1811.00075",
)
UCR = Paper(
    title="The UCR Time Series Archive",
    authors="Hoang Anh Dau, Anthony Bagnall, Kaveh Kamgar, Chin-Chia Michael Yeh, Yan Zhu, "
    "Shaghayegh Gharghabi, Chotirat Ann Ratanamahatana and Eamonn Keogh",
    year=2019,
    venue="IEEE/CAA Journal of Automatica Sinica 6(6)",
    url="https://arxiv.org/abs/1810.07758",
)
HIERARCHICAL_ATTENTION = Paper(
    title="Hierarchical Attention Networks for Document Classification",
    authors="Zichao Yang, Diyi Yang, Chris Dyer, Xiaodong He, Alex Smola and Eduard Hovy",
    year=2016,
    venue="NAACL 2016",
    url="https://aclanthology.org/N16-1174/",
)
SENSOR_AUGMENTATION = Paper(
    title="Data Augmentation of Wearable Sensor Data for Parkinson's Disease Monitoring using "
    "Convolutional Neural Networks",
    authors="Terry T. Um, Franz M. J. Pfister, Daniel Pichler, Satoshi Endo, Muriel Lang, Sandra "
    "Hirche, Urban Fietzek and Dana Kulić",
    year=2017,
    venue="ICMI 2017",
    url="https://arxiv.org/abs/1706.00527",
)
MIXUP = Paper(
    title="mixup: Beyond Empirical Risk Minimization",
    authors="Hongyi Zhang, Moustapha Cisse, Yann N. Dauphin and David Lopez-Paz",
    year=2018,
    venue="ICLR 2018",
    url="https://arxiv.org/abs/1710.09412",
)
NAB = Paper(
    title="Evaluating Real-Time Anomaly Detection Algorithms: The Numenta Anomaly Benchmark",
    authors="Alexander Lavin and Subutai Ahmad",
    year=2015,
    venue="ICMLA 2015",
    url="https://arxiv.org/abs/1510.03336",
)
HTM_DETECTOR = Paper(
    title="Unsupervised Real-Time Anomaly Detection for Streaming Data",
    authors="Subutai Ahmad, Alexander Lavin, Scott Purdy and Zuha Agha",
    year=2017,
    venue="Neurocomputing 262",
    url="https://doi.org/10.1016/j.neucom.2017.04.070",
)
MIXTURE_DENSITY = Paper(
    title="Mixture Density Networks",
    authors="Christopher M. Bishop",
    year=1994,
    venue="Aston University",
    url="https://publications.aston.ac.uk/id/eprint/373/",
)
JHMDB = Paper(
    title="Towards Understanding Action Recognition",
    authors="Hueihan Jhuang, Juergen Gall, Silvia Zuffi, Cordelia Schmid and Michael J. Black",
    year=2013,
    venue="ICCV 2013",
    url="https://doi.org/10.1109/ICCV.2013.396",
)
WRIST_ACTIVITIES = Paper(
    title="Analysis of human behavior recognition algorithms based on acceleration data",
    authors="Barbara Bruno, Fulvio Mastrogiovanni, Antonio Sgorbissa, Tullio Vernazza and Renato "
    "Zaccaria",
    year=2013,
    venue="ICRA 2013",
    url="https://doi.org/10.1109/ICRA.2013.6630784",
)
SEGRNN = Paper(
    title="SegRNN: Segment Recurrent Neural Network for Long-Term Time Series Forecasting",
    authors="Shengsheng Lin, Weiwei Lin, Wentai Wu, Feiyu Zhao, Ruichao Mo and Haotong Zhang",
    year=2023,
    venue="arXiv 2308.11200",
    url="https://arxiv.org/abs/2308.11200",
)
CONFORMAL = Paper(
    title="Conformalized Quantile Regression",
    authors="Yaniv Romano, Evan Patterson and Emmanuel J. Candès",
    year=2019,
    venue="NeurIPS 2019",
    url="https://arxiv.org/abs/1905.03222",
)
INFORMER = Paper(
    title="Informer: Beyond Efficient Transformer for Long Sequence Time-Series Forecasting",
    authors="Haoyi Zhou, Shanghang Zhang, Jieqi Peng, Shuai Zhang, Jianxin Li, Hui Xiong and "
    "Wancai Zhang",
    year=2021,
    venue="AAAI 2021",
    url="https://arxiv.org/abs/2012.07436",
)
GRU_D = Paper(
    title="Recurrent Neural Networks for Multivariate Time Series with Missing Values",
    authors="Zhengping Che, Sanjay Purushotham, Kyunghyun Cho, David Sontag and Yan Liu",
    year=2018,
    venue="Scientific Reports 8",
    url="https://doi.org/10.1038/s41598-018-24271-9",
)
ODE_RNN = Paper(
    title="Latent Ordinary Differential Equations for Irregularly-Sampled Time Series",
    authors="Yulia Rubanova, Ricky T. Q. Chen and David Duvenaud",
    year=2019,
    venue="NeurIPS 2019",
    url="https://arxiv.org/abs/1907.03907",
)
PHYSIONET_2012 = Paper(
    title="Predicting In-Hospital Mortality of ICU Patients: The PhysioNet/Computing in "
    "Cardiology Challenge 2012",
    authors="Ikaro Silva, George Moody, Daniel J. Scott, Leo A. Celi and Roger G. Mark",
    year=2012,
    venue="Computing in Cardiology 39",
    url="https://physionet.org/content/challenge-2012/1.0.0/",
)
GRAPHEMES_TO_PHONEMES = Paper(
    title="Sequence-to-Sequence Neural Net Models for Grapheme-to-Phoneme Conversion",
    authors="Kaisheng Yao and Geoffrey Zweig",
    year=2015,
    venue="Interspeech 2015",
    url="https://arxiv.org/abs/1506.00196",
)
LETTERS_ALIGNED = Paper(
    title="Jointly Learning to Align and Convert Graphemes to Phonemes with Neural Attention "
    "Models",
    authors="Shubham Toshniwal and Karen Livescu",
    year=2016,
    venue="IEEE SLT 2016",
    url="https://arxiv.org/abs/1610.06540",
)
